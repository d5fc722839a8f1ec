"""Names of events that people's figures count apart: in the tick, and again where people are split."""

#: What shows that a message was answered; opens do not, because machines open too.
RESPONSES = ("Email Clicked", "SMS Clicked", "SMS Replied")
CLICKS = ("Email Clicked", "SMS Clicked")
#: What machines do as well: an event of theirs says so, and counts for nothing.
JUDGED = ("Email Opened", *CLICKS)
#: What is counted of a channel. Deliveries come as events only with history from elsewhere.
ACTS = (*RESPONSES, "Email Opened", "Email Delivered", "SMS Delivered")
#: What money was spent by.
VALUED = ("Order Completed",)
#: What shows that somebody is in the shop.
VISITS = (
    "Page Viewed",
    "Screen Viewed",
    "Active on Site",
    "Product Viewed",
    "Product List Viewed",
    "Products Searched",
    "Product Added",
    "Cart Viewed",
    "Checkout Started",
)
#: What a person has to do with a product once this happened.
RELATIONS = {
    "Product Viewed": "viewed",
    "Product Added": "carted",
    "Product Added to Wishlist": "wished",
    "Order Completed": "bought",
}
