package did_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
)

// TestEveryCharacter tries every byte in a method name, in a method's own id and as a
// digit of an escape, against the sets of DID Core section 3.1 spelled out.
func TestEveryCharacter(t *testing.T) {
	const (
		lower  = "abcdefghijklmnopqrstuvwxyz"
		digits = "0123456789"
	)
	alnum := lower + strings.ToUpper(lower) + digits
	for b := range 256 {
		c := string([]byte{byte(b)})
		for text, set := range map[string]string{
			"did:x" + c + "x:y":  lower + digits + ":", // a colon ends the method name
			"did:x:y" + c + "z":  alnum + ".-_:",
			"did:x:y%" + c + "1": digits + "abcdefABCDEF",
			"did:x:y%1" + c:      digits + "abcdefABCDEF",
		} {
			_, err := did.Parse(text)
			require.Equal(t, strings.Contains(set, c) && c != "", err == nil, "%q", text)
		}
	}
}
