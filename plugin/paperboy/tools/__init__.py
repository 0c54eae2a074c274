"""Around a build: doctor, newsletter, demo, scaffold, GitHub Actions, run report."""
