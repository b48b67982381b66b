"""What Schemathesis does not know by itself."""

import schemathesis

# A package is sent as it is.
schemathesis.serializer.alias("application/zip", "application/octet-stream")
