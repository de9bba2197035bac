"""What makes an exchange a playground: demo markets, demo money, a house maker, and faults on demand."""
