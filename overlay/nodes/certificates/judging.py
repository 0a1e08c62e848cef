"""What is wrong with a certificate for those who judge it: browsers, and whoever reads the log."""

from datetime import datetime

from cryptography import x509

from overlay.nodes.certificates.making import hosts_of, last_day
from overlay.structures.hosts import ip_of


def out_of_time(certificate: x509.Certificate, now: datetime) -> str | None:
    """Since when it is not good any more, or from when it will be; None if it is good now."""
    if now > certificate.not_valid_after_utc:
        return f"expired on {last_day(certificate)}"
    if now < certificate.not_valid_before_utc:
        return f"is not good before {certificate.not_valid_before_utc.date().isoformat()}"
    return None


def covers(certificate: x509.Certificate, host: str) -> bool:
    """Whether it is for this host. A star stands for one label. Source: RFC 9525, section 6.3."""
    ip, name = ip_of(host), host.lower().rstrip(".")
    for each in hosts_of(certificate.extensions):
        if ip is not None:
            if ip_of(each) == ip:
                return True
        elif each.lower() == name or (each.startswith("*.") and _below(each, name)):
            return True
    return False


def _below(wildcard: str, name: str) -> bool:
    label, _, rest = name.partition(".")
    return bool(label) and rest == wildcard[2:].lower()
