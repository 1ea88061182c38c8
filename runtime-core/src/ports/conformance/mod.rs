//! One suite a port: what its documentation promises, checked against any adapter. Adapters call these from their own tests.
