package did_test

import (
	"testing"

	"github.com/multiformats/go-multibase"
	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

func TestParseUnprovenLeavesThePointToTheSignature(t *testing.T) {
	off := make([]byte, 34)
	off[0], off[1], off[2] = 0xed, 1, 2 // no point has this y
	text, err := multibase.Encode(multibase.Base58BTC, off)
	require.NoError(t, err)
	_, err = did.Parse("did:key:" + text)
	require.ErrorIs(t, err, did.ErrKey)
	d, key, err := did.ParseUnproven("did:key:" + text)
	require.NoError(t, err)
	require.Equal(t, "did:key:"+text, d.String())
	require.ErrorIs(t, key.Prove(), did.ErrKey)
	require.ErrorIs(t, key.Verify("EdDSA", nil, make([]byte, 64)), did.ErrSignature)

	s := personas.New("alice")
	_, key, err = did.ParseUnproven(s.DID().String())
	require.NoError(t, err)
	require.NoError(t, key.Prove())
	for _, text := range []string{"did:key:z", "did:web:", ""} {
		d, key, err := did.ParseUnproven(text)
		require.ErrorIs(t, err, did.ErrInvalid, text)
		require.Zero(t, d)
		require.Zero(t, key)
	}
	require.ErrorIs(t, did.Key{}.Prove(), did.ErrInvalid)
}

func TestParseWithKey(t *testing.T) {
	s := personas.New("alice")
	d, key, err := did.ParseWithKey(s.DID().String())
	require.NoError(t, err)
	require.Equal(t, s.DID(), d)
	require.Equal(t, s.Key().Multibase(), key.Multibase())
	d, key, err = did.ParseWithKey("did:web:a")
	require.NoError(t, err)
	require.Equal(t, "did:web:a", d.String())
	require.Zero(t, key)
	_, _, err = did.ParseWithKey("did:key:zTjsVPtY")
	require.ErrorIs(t, err, did.ErrKeyLength)
}
