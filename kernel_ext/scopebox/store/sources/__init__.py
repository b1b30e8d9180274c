"""Where a store comes from: projects, snapshots, files, data frames, the sample."""
