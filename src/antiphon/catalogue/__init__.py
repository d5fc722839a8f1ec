"""What is for sale: products, prices, stock, and which of them to show to whom."""
