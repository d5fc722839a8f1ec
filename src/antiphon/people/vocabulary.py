"""Names of events that are known before the first one comes: those of shops in Segment's words, and what Antiphon tells."""

#: Segment's events of e-commerce and of its calls, as shops send them.
SHOP = frozenset(
    {
        *("Products Searched", "Product List Viewed", "Product List Filtered"),
        *("Promotion Viewed", "Promotion Clicked", "Product Clicked", "Product Viewed", "Product Added"),
        *("Product Removed", "Cart Viewed", "Checkout Started", "Checkout Step Viewed", "Checkout Step Completed"),
        *("Payment Info Entered", "Order Placed", "Order Completed", "Order Updated", "Order Fulfilled"),
        *("Order Delivered", "Order Refunded", "Order Cancelled", "Coupon Entered", "Coupon Applied", "Coupon Denied"),
        *("Coupon Removed", "Product Added to Wishlist", "Product Removed from Wishlist"),
        *("Wishlist Product Added to Cart", "Product Shared", "Cart Shared", "Product Reviewed"),
        *("Page Viewed", "Screen Viewed", "Active on Site", "Form Submitted", "Signed Up", "Signed In", "Signed Out"),
        "Early Access Opened",  # asks for the playbook of that name
    }
)

#: What Antiphon derives, and tells of messages, consents, segments, offers and products.
OWN = frozenset(
    {
        *("Browse Abandoned", "Cart Abandoned", "Checkout Abandoned", "Cart Emptied"),
        *("Email Delivered", "Email Opened", "Email Clicked", "SMS Delivered", "SMS Clicked", "SMS Replied"),
        *("Email Subscribed", "Email Unsubscribed", "SMS Subscribed", "SMS Unsubscribed"),
        *("Segment Entered", "Segment Left", "Journey Requested"),
        *("Coupon Given", "Coupon Redeemed", "Coupon Expiring", "Price Dropped", "Low Stock", "Back in Stock"),
    }
)

KNOWN = SHOP | OWN
