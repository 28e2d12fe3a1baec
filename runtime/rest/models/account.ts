/** Models of applications, certificates and images. The notation is explained in `schema.ts`. */

export const accountModels = {
  ApplicationSummary: "id! string, displayName! string, versions! [string]",
  BatchError: "code string, message ErrorMessage, values [BatchErrorDetail]",
  BatchErrorDetail: "key string, value string",
  Certificate: `
    thumbprint string, thumbprintAlgorithm string, url string, state CertificateState, stateTransitionTime date-time,
    previousState CertificateState, previousStateTransitionTime date-time, publicData string,
    deleteCertificateError DeleteCertificateError
  `,
  CertificateAddParameter: `
    thumbprint! string, thumbprintAlgorithm! string, data! string max=10240, certificateFormat CertificateFormat,
    password string
  `,
  DeleteCertificateError: "code string, message string, values [NameValuePair]",
  ErrorMessage: "lang string, value string",
  ImageInformation: `
    nodeAgentSKUId! string, imageReference! ImageReference, osType! OSType, capabilities [string],
    batchSupportEndOfLife date-time, verificationType! VerificationType
  `,
} as const;
