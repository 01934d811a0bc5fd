// Tests draw on the same two cores as the networks that they train: one at a time keeps them steady.
[assembly: DoNotParallelize]
