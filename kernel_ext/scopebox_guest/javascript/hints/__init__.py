"""What is said beside an error of JavaScript or TypeScript: what to write instead."""
