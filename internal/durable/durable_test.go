package durable_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/durable"
)

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, text := range []string{"one", "two"} {
		require.NoError(t, durable.Replace(path, []byte(text)))
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, text, string(data))
	}
	_, err := os.Stat(path + ".new")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, durable.Replace(filepath.Join(path, "x"), nil), err2(path))
	require.Error(t, durable.Rename(path+"no", path))
	require.Error(t, durable.SyncDir("/no/such/folder"))
	require.NoError(t, os.Mkdir(path+"dir", 0o700))
	require.Error(t, durable.Replace(path+"dir", nil), "a folder stands there")
}

// err2 is what the system says of a file that is used as a folder.
func err2(path string) error {
	_, err := os.Stat(filepath.Join(path, "x"))
	return err.(*fs.PathError).Err
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	one, err := os.Create(path)
	require.NoError(t, err)
	two, err := os.Open(path)
	require.NoError(t, err)
	require.NoError(t, durable.Lock(one))
	require.Error(t, durable.Lock(two))
	require.NoError(t, one.Close())
	require.NoError(t, durable.Lock(two))
	require.NoError(t, two.Close())
}
