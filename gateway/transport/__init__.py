"""The service on the wire: authentication of queries, encoding of answers, gRPC servers and their workers."""
