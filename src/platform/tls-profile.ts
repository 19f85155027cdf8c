/** The TLS versions and ciphers for clients, for the API server and for callers of the webhook. */

/**
 * TLS 1.3, and those suites of TLS 1.2 that HTTP/2 allows (RFC 9113 appendix A), with forward secrecy and authenticated
 * encryption. Suites with CBC or RSA key transport have fallen to one attack after another. Every API server since
 * Kubernetes 1.7 supports one of these suites.
 */
export const TLS_PROFILE = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
} as const;
