"""What is read off trained weights: geometry, polytopes, neurons, motifs, jumps and more."""
