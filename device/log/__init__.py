"""The log part's own work: taking in what happened, writing it in batches, recording runs."""
