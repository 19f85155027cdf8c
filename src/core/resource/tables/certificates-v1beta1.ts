/** Made of k8s.io/api v0.37.2 by `npm run schemas`. */
import { table } from '../table.ts';
import { CERTIFICATES_V1 } from './certificates-v1.ts';
import { META_V1 } from './meta-v1.ts';

// prettier-ignore
export const CERTIFICATES_V1BETA1 = table({ certificates: CERTIFICATES_V1, meta: META_V1 }, `
PodCertificateRequest
 metadata 1 meta.ObjectMeta
 spec 2 PodCertificateRequestSpec!
 status 3 certificates.PodCertificateRequestStatus
PodCertificateRequestSpec
 signerName 1 text!
 podName 2 text!
 podUID 3 text!
 serviceAccountName 4 text!
 serviceAccountUID 5 text!
 nodeName 6 text!
 nodeUID 7 text!
 maxExpirationSeconds 8 *number
 pkixPublicKey 9 bytes!
 proofOfPossession 10 bytes!
 stubPKCS10Request 12 bytes!
 unverifiedUserAnnotations 11 map
`);
