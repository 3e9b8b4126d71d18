package vc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
)

// signContent signs any content as a presentation for the verifier of the tests,
// past all that SignPresentation checks.
func signContent(t testing.TB, content string, s *did.Signer) []byte {
	t.Helper()
	out, err := dataintegrity.Sign([]byte(content), 1<<20, dataintegrity.Proof{
		Cryptosuite: "eddsa-jcs-2022", Purpose: "authentication", Challenge: "c-1", Domain: []string{verifier},
	}, s, nil)
	require.NoError(t, err)
	return out
}
