package jsonld

import (
	"crypto"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/vectors"
)

// The toRdf tests of the JSON-LD API (w3c/json-ld-api, its folder tests, as
// vectors/json-ld-api). Much of it is refused here on purpose, so what is held is
// that whatever is accepted is right, and that what must fail does.
func TestJSONLDSuite(t *testing.T) {
	var manifest struct {
		Sequence []struct {
			ID            string   `json:"@id"`
			Type          []string `json:"@type"`
			Input, Expect string
			Option        struct{ SpecVersion, ProcessingMode, RDFDirection string }
		}
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "json-ld-api", "toRdf-manifest.jsonld"), &manifest))
	c, err := NewContexts(nil)
	require.NoError(t, err)
	results := map[string]int{}
	for _, e := range manifest.Sequence {
		old := e.Option.SpecVersion == "json-ld-1.0" || e.Option.ProcessingMode == "json-ld-1.0"
		negative := slices.Contains(e.Type, "jld:NegativeEvaluationTest")
		// A direction is a datatype here, the one choice of three that loses nothing.
		direction := strings.HasPrefix(e.ID, "#tdi") && e.Option.RDFDirection != "i18n-datatype"
		if old || direction || !negative && !slices.Contains(e.Type, "jld:PositiveEvaluationTest") {
			continue
		}
		t.Run(e.ID, func(t *testing.T) {
			input, err := os.ReadFile(vectors.Path(t, "json-ld-api", e.Input))
			require.NoError(t, err)
			out, err := c.Canonicalize(input, crypto.SHA256)
			if negative {
				require.Error(t, err)
				results["must fail"]++
				return
			}
			if err != nil {
				require.False(t, errors.Is(err, ErrWork))
				results["refused"]++
				return
			}
			want, err := parseNQuads(string(vectors.Read(t, "json-ld-api", e.Expect)))
			require.NoError(t, err)
			canonical, err := canonicalize(want, crypto.SHA256)
			require.NoError(t, err)
			require.Equal(t, string(canonical), string(out))
			results["right"]++
		})
	}
	t.Log(results)
}
