package vc_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/vc"
)

// A context that is embedded may be handed over again, however it is written, and not
// in another version.
func TestContextsHandedOver(t *testing.T) {
	const ours = "https://w3id.org/taper/v1"
	text, err := os.ReadFile("../docs/context-v1.jsonld")
	require.NoError(t, err)
	var packed bytes.Buffer
	require.NoError(t, json.Compact(&packed, text))
	for name, given := range map[string][]byte{"the same text": text, "without spaces": packed.Bytes()} {
		c, err := vc.NewContexts(map[string][]byte{ours: given, "https://example.com/c": []byte(`{"@context":{}}`)})
		require.NoError(t, err, name)
		require.True(t, c.Has(ours))
		require.True(t, c.Has("https://example.com/c"))
		require.False(t, c.Has("https://example.com/d"))
	}
	for name, given := range map[string]string{
		"another":            `{"@context":{}}`,
		"a member twice":     `{"@context":{},` + packed.String()[1:],
		"no JSON":            `{`,
		"with another value": string(bytes.Replace(packed.Bytes(), []byte(`"@json"`), []byte(`"@id"`), 1)),
	} {
		_, err := vc.NewContexts(map[string][]byte{ours: []byte(given)})
		require.ErrorIs(t, err, vc.ErrContext, name)
	}
	var none *vc.Contexts
	require.True(t, none.Has(vc.ContextV2), "nil is the embedded ones")
	require.False(t, none.Has("https://example.com/c"))
}
