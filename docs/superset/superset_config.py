"""What differs from Superset's own settings: its pages ask nothing of any other host (telemetry, map tiles, fonts)."""

from superset.config import TALISMAN_CONFIG

SELF = ["'self'"]
POLICY = TALISMAN_CONFIG["content_security_policy"]
POLICY |= {
    "img-src": [*SELF, "blob:", "data:"],
    "connect-src": SELF,
    "font-src": SELF,
    "style-src": [*SELF, "'unsafe-inline'"],
}
