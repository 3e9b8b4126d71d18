package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
)

func TestParseTraceparent(t *testing.T) {
	const ids = "-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for header, want := range map[string]string{
		"00" + ids: "00" + ids, "01" + ids: "00" + ids, "fe" + ids + "-what-comes": "00" + ids,
	} {
		got, err := audit.ParseTraceparent(header)
		require.NoError(t, err, header)
		require.Equal(t, want, got)
	}
	for _, header := range []string{
		"", "00", "ff" + ids, "00" + ids + "-x", "01" + ids + "x", "0g" + ids, "00-" + ids, " 00" + ids, "00" + ids + "\n",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
	} {
		_, err := audit.ParseTraceparent(header)
		require.ErrorIs(t, err, audit.ErrEntry, header)
	}
}
