"""The least time that training could take on a machine: counted work over measured speed."""
