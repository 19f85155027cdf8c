/** What TLS is spoken here, with clients, with the API server and with whoever calls the webhook. */

/**
 * TLS 1.3, and of 1.2 what HTTP/2 allows too (RFC 9113 appendix A): keys that are forgotten afterwards, and encryption
 * that authenticates. Suites with CBC, and those that encrypt the key to the certificate, fell to one attack after the
 * other. Every API server since Kubernetes 1.7 has one of these.
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
