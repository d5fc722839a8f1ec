"""Names of events that people's figures count apart: in the tick, and again where people are split."""

#: What shows that a message was answered; opens do not, because machines open too.
RESPONSES = ("Email Clicked", "SMS Clicked", "SMS Replied")
#: What money was spent by.
VALUED = ("Order Completed",)
