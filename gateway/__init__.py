"""The gateway: register, snapshots, decisions, and the service that answers partners."""
