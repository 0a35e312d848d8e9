"""The register on the wire: what authorities submit and change, and what parties may see; apart from the gateway."""
