"""For those who write policy: reports on a bundle, and its rules as a policy document."""
