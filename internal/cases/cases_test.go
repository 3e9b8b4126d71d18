package cases_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/cases"
)

// TestCases: every case gets its answer, and no two are the same.
func TestCases(t *testing.T) {
	all := append(cases.Required(), cases.Limited()...)
	seen := map[string]bool{}
	for _, c := range all {
		t.Run(c.ID, func(t *testing.T) {
			require.False(t, seen[c.ID])
			seen[c.ID] = true
			v, err := delegation.NewVerifier(cases.Config())
			require.NoError(t, err)
			_, err = v.VerifyWith(context.Background(), c.Chain, c.Invocation, c.Shown, c.Request)
			if c.Rule == 0 {
				require.NoError(t, err)
			} else {
				var r *delegation.Refusal
				require.ErrorAs(t, err, &r)
				require.Equal(t, c.Rule, r.Rule, r.Error())
			}
			line, err := json.Marshal(c.JSON())
			require.NoError(t, err)
			require.NotEmpty(t, line)
		})
	}
	require.Len(t, seen, len(all))
}

// TestCasesAreFixed: the same bytes every time.
func TestCasesAreFixed(t *testing.T) {
	byID := map[string]cases.Case{}
	for _, c := range append(cases.Required(), cases.Limited()...) {
		byID[c.ID] = c
	}
	for _, c := range append(cases.Required(), cases.Limited()...) {
		require.Equal(t, byID[c.ID], c)
	}
}
