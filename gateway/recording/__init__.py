"""Records of RESTRICTED and REFERRED answers: queued in a worker, written by the recorder, deleted after their term."""
