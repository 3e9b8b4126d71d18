package revocation_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// FuzzDecode: what is accepted has the size it may have, and writing it and
// reading it again gives the same entries, in both formats.
func FuzzDecode(f *testing.F) {
	for _, density := range []float64{0, 0.001} {
		b := randomBits(f, revocation.MinEntries, density)
		for _, format := range []revocation.Format{revocation.StatusList2021, revocation.Bitstring} {
			text, err := b.Encode(format)
			require.NoError(f, err)
			f.Add(text, uint64(9), format == revocation.Bitstring)
		}
	}
	f.Add(bitstring(bomb(4<<20)), uint64(0), true)
	f.Add("u", uint64(0), true)
	f.Add("H4sI+-==", uint64(0), false)
	f.Fuzz(func(t *testing.T, text string, i uint64, multibase bool) {
		format := revocation.StatusList2021
		if multibase {
			format = revocation.Bitstring
		}
		b, err := revocation.Decode(format, text)
		if err != nil {
			require.Nil(t, b)
			require.True(t, errors.Is(err, revocation.ErrEncoding) || errors.Is(err, revocation.ErrSize), err)
			return
		}
		require.GreaterOrEqual(t, b.Len(), revocation.MinEntries)
		require.LessOrEqual(t, b.Len(), revocation.MaxEntries)
		_, err = b.At(i)
		require.Equal(t, i < uint64(b.Len()), err == nil)
		for _, format := range []revocation.Format{revocation.StatusList2021, revocation.Bitstring} {
			text, err := b.Encode(format)
			require.NoError(t, err)
			back, err := revocation.Decode(format, text)
			require.NoError(t, err)
			require.Equal(t, b, back)
		}
	})
}

// FuzzList puts any subject into a signed list: what is accepted answers for the
// purpose that it states and for no index beyond its end.
func FuzzList(f *testing.F) {
	signer := personas.New("alice")
	encoded, err := randomBits(f, revocation.MinEntries, 0.001).Encode(revocation.Bitstring)
	require.NoError(f, err)
	f.Add([]byte(`{"type":"BitstringStatusList","statusPurpose":"revocation","encodedList":"`+encoded+`"}`), "94567")
	f.Add([]byte(`{"type":["BitstringStatusList"],"statusPurpose":["suspension"],"encodedList":"u","ttl":1}`), "0")
	f.Add([]byte(`{"Type":"BitstringStatusList","statusPurpose":null,"statusSize":2}`), "-1")
	f.Fuzz(func(t *testing.T, claims []byte, index string) {
		token, err := vc.Sign(vc.Credential{
			ID: listURL, Type: []string{"VerifiableCredential", "BitstringStatusListCredential"},
			ValidFrom: noon, Subject: []vc.Subject{{Claims: claims}},
		}, signer, vc.SignOptions{})
		if err != nil {
			return
		}
		l, err := revocation.VerifyList(ctx, []byte(token), []did.DID{signer.DID()}, nil)
		if err != nil {
			require.Nil(t, l)
			return
		}
		b := revocation.NewBundle()
		require.NoError(t, b.Add(listURL, []byte(token)))
		for _, purpose := range []string{"revocation", "suspension", "guarded"} {
			s, err := checker(t, b, revocation.Policy{}).CheckStatus(ctx, request(entry(0, func(e *vc.StatusEntry) {
				e.Purpose, e.Index = purpose, index
			})))
			i, indexErr := revocation.ParseIndex(index)
			good := l.HasPurpose(purpose) && indexErr == nil && i < uint64(l.Bits().Len())
			require.Equal(t, good, err == nil, "%v", err)
			require.Equal(t, good, s.Mode != 0)
		}
	})
}
