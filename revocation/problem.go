package revocation

import "errors"

// The problem types of Bitstring Status List section 3.5, and of VC Data Model 2.0
// section 7.1.
const (
	retrievalProblem    = "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"
	verificationProblem = "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
	lengthProblem       = "https://www.w3.org/ns/credentials/status-list#STATUS_LIST_LENGTH_ERROR"
	rangeProblem        = "https://www.w3.org/TR/vc-data-model#RANGE_ERROR"
	malformedProblem    = "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR"
)

// ProblemType returns the type that the standard gives an error of this package in
// a problem document (RFC 9457), and "" for an error of another kind, such as one
// of configuration.
func ProblemType(err error) string {
	for _, p := range []struct {
		sentinel error
		problem  string
	}{
		{ErrRange, rangeProblem},
		{ErrLength, lengthProblem},
		{ErrEntry, malformedProblem},
		{ErrEncoding, malformedProblem},
		{ErrMissing, retrievalProblem},
		{ErrSigner, verificationProblem},
		{ErrList, verificationProblem},
		{ErrPurpose, verificationProblem},
		{ErrURL, verificationProblem},
		{ErrStale, verificationProblem},
		{ErrNotYetValid, verificationProblem},
		{ErrExpired, verificationProblem},
		{ErrEquivocation, verificationProblem},
		{ErrSize, verificationProblem},
	} {
		if errors.Is(err, p.sentinel) {
			return p.problem
		}
	}
	return ""
}
