package audit_test

import (
	"crypto/elliptic"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// highS returns the leaf with the other S, which verifies too and which anyone
// can make.
func highS(tb testing.TB, leaf []byte) []byte {
	tb.Helper()
	at := strings.LastIndexByte(string(leaf), '.') + 1
	sig, err := base64.RawURLEncoding.DecodeString(string(leaf[at:]))
	require.NoError(tb, err)
	s := new(big.Int).SetBytes(sig[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[32:])
	return []byte(string(leaf[:at]) + base64.RawURLEncoding.EncodeToString(sig))
}
