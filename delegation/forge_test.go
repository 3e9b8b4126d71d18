package delegation_test

import (
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
)

var b64 = base64.RawURLEncoding

// tokenOf makes a compact JWS of any header and payload.
func tokenOf(tb testing.TB, signer *did.Signer, header map[string]any, payload []byte) string {
	h, err := json.Marshal(header)
	require.NoError(tb, err)
	input := b64.EncodeToString(h) + "." + b64.EncodeToString(payload)
	sig, err := signer.Sign([]byte(input))
	require.NoError(tb, err)
	return input + "." + b64.EncodeToString(sig)
}

// payloadOf returns the payload of a token as plain maps.
func payloadOf(tb testing.TB, raw string) map[string]any {
	data, err := b64.DecodeString(strings.Split(raw, ".")[1])
	require.NoError(tb, err)
	var m map[string]any
	require.NoError(tb, json.Unmarshal(data, &m))
	return m
}

// rawLinks takes a chain apart.
func rawLinks(tb testing.TB, c delegation.Chain) (raws []string) {
	data, err := c.MarshalJSON()
	require.NoError(tb, err)
	require.NoError(tb, json.Unmarshal(data, &raws))
	return raws
}

// forge changes the payload of link i by hand and signs it again with signer,
// and then signs every link below it again, with the right digest, as a conspiracy
// of all holders could.
func forge(tb testing.TB, c delegation.Chain, i int, signers []*did.Signer, change func(payload map[string]any)) []byte {
	tb.Helper()
	raws := rawLinks(tb, c)
	for j := i; j < len(raws); j++ {
		p := payloadOf(tb, raws[j])
		if j > i {
			subject(p)["parent"] = map[string]any{
				"id": payloadOf(tb, raws[j-1])["id"], "digestMultibase": multikey.Digest([]byte(raws[j-1])),
			}
		} else {
			change(p)
		}
		raws[j] = token(tb, signers[j], "vc+jwt", p)
	}
	data, err := json.Marshal(raws)
	require.NoError(tb, err)
	return data
}

func subject(p map[string]any) map[string]any { return p["credentialSubject"].(map[string]any) }
func authorityOf(p map[string]any) map[string]any {
	return subject(p)["authority"].(map[string]any)
}

// highS returns the other signature that is right for a P-256 token.
func highS(tb testing.TB, raw string) string {
	i := strings.LastIndex(raw, ".") + 1
	sig, err := b64.DecodeString(raw[i:])
	require.NoError(tb, err)
	s := new(big.Int).SetBytes(sig[32:])
	s.Sub(elliptic.P256().Params().N, s)
	s.FillBytes(sig[32:])
	return raw[:i] + b64.EncodeToString(sig)
}
