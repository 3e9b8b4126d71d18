package tilepath_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/tilepath"
)

func TestPaths(t *testing.T) {
	for path, want := range map[string]tilepath.Place{
		"tile/0/000":                               {},
		"tile/0/067":                               {Index: 67},
		"tile/2/x001/x234/067":                     {Level: 2, Index: 1234067},
		"tile/0/x001/000.p/5":                      {Index: 1000, Partial: 5},
		"tile/entries/000":                         {Entries: true},
		"tile/entries/x123/456.p/255":              {Entries: true, Index: 123456, Partial: 255},
		"tile/7/x018/x446/x744/x073/x709/x551/615": {Level: 7, Index: math.MaxUint64},
	} {
		got, ok := tilepath.Parse(path)
		require.True(t, ok, path)
		require.Equal(t, want, got)
		require.Equal(t, path, want.String())
	}
	for _, path := range []string{
		"", "checkpoint", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/+0/000",
		"tile/8/000", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/0/x001/x002", "tile/0/000.p/0", "tile/0/000.p/256",
		"tile/0/000.p/05", "tile/0/000.p/", "tile/0/000.p", "tile/entries/", "tile/entries/0", "tile/entries/000/", "tile//000",
		"tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/../000", "/tile/0/000", "tile/data/000", "tile/-1/000",
	} {
		_, ok := tilepath.Parse(path)
		require.False(t, ok, path)
	}
}

func TestAll(t *testing.T) {
	for size, want := range map[uint64][]string{
		0:   nil,
		1:   {"tile/entries/000.p/1", "tile/0/000.p/1"},
		256: {"tile/entries/000", "tile/0/000", "tile/1/000.p/1"},
		600: {
			"tile/entries/000", "tile/0/000", "tile/entries/001", "tile/0/001", "tile/entries/002.p/88", "tile/0/002.p/88",
			"tile/1/000.p/2",
		},
	} {
		var got []string
		for p := range tilepath.All(size) {
			got = append(got, p.String())
		}
		require.Equal(t, want, got)
	}
	n := 0
	for range tilepath.All(math.MaxUint64) {
		if n++; n == 10 {
			break
		}
	}
	require.Equal(t, 10, n)
}

func FuzzParse(f *testing.F) {
	f.Add("tile/0/x001/000.p/5")
	f.Add("tile/entries/000")
	f.Fuzz(func(t *testing.T, path string) {
		if p, ok := tilepath.Parse(path); ok && p.String() != path {
			t.Fatal(path, p)
		}
	})
}
