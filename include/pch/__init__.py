"""pch-progress: follows 185 Primary Care Home sites against a defined set of metrics and costs."""
