package packed_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/packed"
)

// The preset text is part of the format, so the specification has it too.
func TestPresetIsThatOfTheSpecification(t *testing.T) {
	text, err := os.ReadFile("../../docs/chain-preset.txt")
	require.NoError(t, err)
	require.Equal(t, packed.Preset, string(text))
}
