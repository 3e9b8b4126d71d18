package revocation_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
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
		format, size := revocation.StatusList2021, 1
		if multibase {
			format, size = revocation.Bitstring, 1+int(i%8)
		}
		b, err := revocation.Decode(format, size, text)
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
			if format == revocation.StatusList2021 && size > 1 {
				require.Error(t, err)
				continue
			}
			require.NoError(t, err)
			back, err := revocation.Decode(format, size, text)
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

// FuzzDecodeToken: what is accepted of an IETF list has whole entries of its size,
// in order.
func FuzzDecodeToken(f *testing.F) {
	f.Add(deflated([]byte{1, 2, 3}), uint8(1))
	f.Add(deflated(make([]byte, 70000)), uint8(8))
	f.Add("eNo", uint8(2))
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		b, err := revocation.Decode(revocation.TokenStatusList, int(size), text)
		if err != nil {
			require.Nil(t, b)
			return
		}
		whole, err := revocation.Decode(revocation.TokenStatusList, 8, text)
		require.NoError(t, err)
		require.Equal(t, whole.Len()*8/int(size), b.Len())
		for i := range uint64(min(b.Len(), 64)) {
			v, err := b.At(i)
			require.NoError(t, err)
			octet, err := whole.At(i * uint64(size) / 8)
			require.NoError(t, err)
			require.Equal(t, octet>>(i*uint64(size)%8)&uint8(1<<size-1), v)
		}
	})
}

// FuzzParseTokenEntry: what is accepted is one that a Checker can look up.
func FuzzParseTokenEntry(f *testing.F) {
	f.Add([]byte(`{"status_list":{"idx":0,"uri":"https://status.example/lists/1"}}`))
	f.Add([]byte(`{"status_list":{"idx":1e3,"uri":"https://a@b/"},"x":[]}`))
	f.Fuzz(func(t *testing.T, claim []byte) {
		e, err := revocation.ParseTokenEntry(claim)
		if err != nil {
			require.Zero(t, e)
			return
		}
		again, err := revocation.ParseTokenEntry([]byte(`{"status_list":{"idx":` + e.Index + `,"uri":` + quote(e.List) + `}}`))
		require.NoError(t, err)
		require.Equal(t, e, again)
	})
}

// FuzzTokenClaims signs any claims as a Status List Token.
func FuzzTokenClaims(f *testing.F) {
	f.Add([]byte(`{"sub":"https://status.example/lists/1","iat":1732449600,"ttl":9,"status_list":{"bits":1,"lst":"eNpjAAAAAQAB"}}`))
	f.Add([]byte(`{"sub":"https://status.example/lists/1","iat":1e9,"nbf":0.5,"exp":1e99,"status_list":{}}`))
	f.Fuzz(func(t *testing.T, claims []byte) {
		h := jose.Header{Alg: "EdDSA", Typ: "statuslist+jwt", Kid: alice.Method()}
		text, err := jose.Sign(h, claims, alice.Sign)
		require.NoError(t, err)
		l, err := revocation.VerifyList(ctx, []byte(text), []did.DID{alice.DID()}, nil)
		if err != nil {
			require.Nil(t, l)
			return
		}
		require.False(t, l.ValidFrom().IsZero())
		require.GreaterOrEqual(t, l.TTL(), time.Duration(0))
	})
}
