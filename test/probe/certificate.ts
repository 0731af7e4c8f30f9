/**
 * A certificate that is its own root, for `probe.example` only, and its key: worth nothing anywhere.
 * Made once, good for 100 years: openssl req -x509 -newkey ec -pkeyopt
 * ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=probe.example
 * -addext subjectAltName=DNS:probe.example
 */

export const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqdnn67KR0Ez7CugV
h2nALLimaULrTlPtB/QaxvrDN1ShRANCAATVtDFFk+y9Pq+dcoLURVCxMrknaMfh
VEt1NtAtfoxGQQb6orGqoa1chvCVbYZ9Wrv+NenTMGUKIMVsRNJdAU7F
-----END PRIVATE KEY-----
`;

export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBoDCCAUegAwIBAgIUcPE5zTPrus4BlIxJYGKR0ZPxYmgwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNcHJvYmUuZXhhbXBsZTAgFw0yNjExMjYwMTQyMzJaGA8yMTI2
MTEwMjAxNDIzMlowGDEWMBQGA1UEAwwNcHJvYmUuZXhhbXBsZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABNW0MUWT7L0+r51ygtRFULEyuSdox+FUS3U20C1+jEZB
BvqisaqhrVyG8JVthn1au/416dMwZQogxWxE0l0BTsWjbTBrMB0GA1UdDgQWBBQj
6y9MOmNqPiUw/xyRfB2Xd/SE4TAfBgNVHSMEGDAWgBQj6y9MOmNqPiUw/xyRfB2X
d/SE4TAPBgNVHRMBAf8EBTADAQH/MBgGA1UdEQQRMA+CDXByb2JlLmV4YW1wbGUw
CgYIKoZIzj0EAwIDRwAwRAIgSsqFNp4QIesbe+0lvyh67V2SD4BNCg5xjcOcdI15
zZACIFL90d1JYc/mNqjtaANATcoWf+x4ROMMU0NIQoWXIk6c
-----END CERTIFICATE-----
`;
