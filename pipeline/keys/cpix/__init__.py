"""CPIX 2.3 (DASH-IF): documents with content keys, and the SPEKE 2.0 exchange of them with a key service."""
