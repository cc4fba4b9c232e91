"""Planning on the device, away from any server, in a process that ends when it has answered."""
