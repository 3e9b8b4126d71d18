package bundlefile_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/revocation/bundlefile"
	"github.com/taperid/taper/vc"
)

var (
	ctx      = context.Background()
	noon     = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	operator = personas.New("operator")
	trust    = bundlefile.Trust{Signers: []did.DID{operator.DID()}}
)

// issue returns an issuer of three lists, and an entry in each.
func issue(t testing.TB, opts revocation.IssuerOptions) (*revocation.Issuer, []vc.StatusEntry) {
	s, err := revocation.NewIssuer(operator, "https://status.example/lists", opts)
	require.NoError(t, err)
	e, err := s.Allocate(ctx, noon.Add(time.Hour), "revocation", "suspension", "guarded")
	require.NoError(t, err)
	return s, e
}

func publish(t testing.TB, s *revocation.Issuer, at time.Time) *revocation.Bundle {
	b, err := s.Publish(ctx, at)
	require.NoError(t, err)
	return b
}

func all(b *revocation.Bundle) map[string]string {
	out := map[string]string{}
	for url, list := range b.All() {
		out[url] = string(list)
	}
	return out
}

func TestFileAndFolder(t *testing.T) {
	for _, securing := range []vc.Format{vc.JWT, vc.EdDSAJCS} {
		s, e := issue(t, revocation.IssuerOptions{Securing: securing})
		b := publish(t, s, noon)
		file, folder := filepath.Join(t.TempDir(), "lists.json"), t.TempDir()
		for _, path := range []string{file, folder, filepath.Join(t.TempDir(), "new") + "/"} {
			for at := range 2 { // anew, and in the place of an older one
				b = publish(t, s, noon.Add(time.Duration(at)*time.Second))
				require.NoError(t, bundlefile.Write(ctx, path, b, trust))
				back, err := bundlefile.Read(path)
				require.NoError(t, err)
				require.Equal(t, all(b), all(back))
			}
		}
		back, err := bundlefile.Read(folder)
		require.NoError(t, err)
		k, err := revocation.NewChecker(back, revocation.Policy{MaxStaleness: time.Hour})
		require.NoError(t, err)
		got, err := k.CheckStatus(ctx, vc.StatusRequest{Credential: "uEi", Entries: e, Signers: trust.Signers, Now: noon.Add(time.Second)})
		require.NoError(t, err)
		require.Equal(t, vc.Normal, got.Mode)
		_ = b
	}
}

// TestFolderDropsLists: one that is not in the bundle any more leaves the folder,
// and other files stay.
func TestFolderDropsLists(t *testing.T) {
	s, _ := issue(t, revocation.IssuerOptions{})
	b, dir := publish(t, s, noon), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "README"), []byte("mine"), 0o600))
	require.NoError(t, bundlefile.Write(ctx, dir, b, trust))
	one := revocation.NewBundle()
	for url, list := range b.All() {
		require.NoError(t, one.Add(url, list))
		break
	}
	require.NoError(t, bundlefile.Write(ctx, dir, one, trust))
	back, err := bundlefile.Read(dir)
	require.NoError(t, err)
	require.Equal(t, all(one), all(back))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 2)
}

// TestOnlyGoodLists: what does not verify is not written, and nothing else either.
func TestOnlyGoodLists(t *testing.T) {
	s, e := issue(t, revocation.IssuerOptions{})
	for name, spoil := range map[string]func(b *revocation.Bundle){
		"nonsense": func(b *revocation.Bundle) { require.NoError(t, b.Add("https://status.example/x", []byte("x"))) },
		"of another": func(b *revocation.Bundle) {
			require.NoError(t, b.Add("https://status.example/x", []byte(all(b)[e[0].List])))
		},
	} {
		b, dir := publish(t, s, noon), t.TempDir()
		spoil(b)
		require.Error(t, bundlefile.Write(ctx, dir, b, trust), name)
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, files, name)
	}
	stranger := bundlefile.Trust{Signers: []did.DID{personas.New("mallory").DID()}}
	require.ErrorIs(t, bundlefile.Write(ctx, t.TempDir(), publish(t, s, noon), stranger), revocation.ErrSigner)
	require.ErrorIs(t, bundlefile.Write(ctx, t.TempDir(), publish(t, s, noon), bundlefile.Trust{}), revocation.ErrSigner)
	require.Error(t, bundlefile.Write(ctx, filepath.Join(t.TempDir(), "none", "file"), publish(t, s, noon), trust))
}

func TestReadRefuses(t *testing.T) {
	_, err := bundlefile.Read(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("[]"), 0o600))
	_, err = bundlefile.Read(file)
	require.ErrorIs(t, err, bundlefile.ErrBundle)
	require.ErrorIs(t, err, revocation.ErrList)
	_, err = bundlefile.Read(os.DevNull)
	require.ErrorContains(t, err, "neither a file nor a folder")

	s, _ := issue(t, revocation.IssuerOptions{})
	for name, spoil := range map[string]func(path string, data []byte) error{
		"renamed": func(path string, _ []byte) error { return os.Rename(path, filepath.Join(filepath.Dir(path), "a.list")) },
		"no line": func(path string, _ []byte) error { return os.WriteFile(path, []byte("x"), 0o600) },
		"too large": func(path string, data []byte) error {
			return os.WriteFile(path, append(data, make([]byte, 2<<20)...), 0o600)
		},
		"a link": func(path string, _ []byte) error {
			return os.Symlink("/etc/passwd", filepath.Join(filepath.Dir(path), "a.list"))
		},
		"a folder":   func(path string, _ []byte) error { return os.Mkdir(filepath.Join(filepath.Dir(path), "a.list"), 0o700) },
		"binary":     func(path string, data []byte) error { return os.WriteFile(path, append(data, 0xff), 0o600) },
		"other line": func(path string, data []byte) error { return os.WriteFile(path, append([]byte("x"), data...), 0o600) },
	} {
		dir := t.TempDir()
		require.NoError(t, bundlefile.Write(ctx, dir, publish(t, s, noon), trust))
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		path := filepath.Join(dir, files[0].Name())
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, spoil(path, data))
		_, err = bundlefile.Read(dir)
		require.Error(t, err, name)
	}
}

// TestFolderIsBounded: a folder has no more in it than a file may have.
func TestFolderIsBounded(t *testing.T) {
	dir := t.TempDir()
	for i := range 65 {
		url := fmt.Sprintf("https://status.example/%d", i)
		sum := sha256.Sum256([]byte(url))
		path := filepath.Join(dir, hex.EncodeToString(sum[:16])+".list")
		require.NoError(t, os.WriteFile(path, []byte(url+"\n"), 0o600))
		require.NoError(t, os.Truncate(path, 1<<20))
		if i == 63 {
			_, err := bundlefile.Read(dir)
			require.NoError(t, err)
		}
	}
	_, err := bundlefile.Read(dir)
	require.ErrorIs(t, err, bundlefile.ErrBundle)
	require.ErrorContains(t, err, "lists of more than")
}

// TestRefresh: newer lists replace those of the bundle, older ones do not, and what
// cannot be had leaves what there was.
func TestRefresh(t *testing.T) {
	s, e := issue(t, revocation.IssuerOptions{Bucket: time.Hour})
	older, now := publish(t, s, noon), publish(t, s, noon.Add(time.Minute))
	got, err := bundlefile.Refresh(ctx, older, now, trust)
	require.NoError(t, err)
	require.Equal(t, all(now), all(got))
	got, err = bundlefile.Refresh(ctx, now, older, trust)
	require.NoError(t, err)
	require.Equal(t, all(now), all(got), "an older list takes nothing back")
	got, err = bundlefile.Refresh(ctx, revocation.NewBundle(), now, trust, e[0].List, e[0].List)
	require.NoError(t, err)
	require.Equal(t, map[string]string{e[0].List: all(now)[e[0].List]}, all(got))
	urls := []string{e[1].List, e[0].List, e[0].List}
	_, err = bundlefile.Refresh(ctx, revocation.NewBundle(), now, trust, urls...)
	require.NoError(t, err)
	require.Equal(t, []string{e[1].List, e[0].List, e[0].List}, urls, "they are the caller's")

	got, err = bundlefile.Refresh(ctx, now, revocation.NewBundle(), trust)
	require.ErrorIs(t, err, revocation.ErrMissing)
	require.Equal(t, all(now), all(got))
	spoilt := revocation.NewBundle()
	require.NoError(t, spoilt.Add(e[0].List, []byte("x")))
	got, err = bundlefile.Refresh(ctx, now, spoilt, trust)
	require.ErrorIs(t, err, revocation.ErrList)
	require.Equal(t, all(now), all(got))
	got, err = bundlefile.Refresh(ctx, spoilt, now, trust)
	require.NoError(t, err)
	require.Equal(t, all(now)[e[0].List], all(got)[e[0].List])

	retired := publish(t, s, noon.Add(3*time.Hour))
	got, err = bundlefile.Refresh(ctx, now, retired, trust)
	require.ErrorIs(t, err, revocation.ErrRetired)
	require.Empty(t, all(got), "a list that is retired leaves the bundle")
}

func TestInspect(t *testing.T) {
	s, e := issue(t, revocation.IssuerOptions{Lifetime: time.Hour})
	require.NoError(t, s.Set(ctx, 1, e[0]))
	b := publish(t, s, noon)
	require.NoError(t, b.Add("https://status.example/x", []byte("x")))
	require.NoError(t, b.Add("https://status.example/y", []byte(all(b)[e[0].List])))
	bad := 0
	for _, info := range bundlefile.Inspect(ctx, b, trust) {
		if info.Err != nil {
			bad++
			continue
		}
		require.Equal(t, operator.DID(), info.Signer)
		require.Equal(t, revocation.Bitstring, info.Format)
		require.True(t, noon.Equal(info.ValidFrom))
		require.True(t, noon.Add(time.Hour).Equal(info.ValidUntil))
		require.Equal(t, 131072, info.Entries)
		require.Equal(t, 1, info.Bits)
		require.Equal(t, info.URL == e[0].List, info.Set == 1)
		require.Len(t, info.Purposes, 1)
		require.NotEmpty(t, info.Digest)
	}
	require.Equal(t, 2, bad)
}

// FuzzFolder: whatever is in a file of a folder is refused or read back the same.
func FuzzFolder(f *testing.F) {
	f.Add([]byte("https://status.example/1\nlist"))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "0123456789abcdef0123456789abcdef.list"), data, 0o600))
		if b, err := bundlefile.Read(dir); err == nil {
			require.Len(t, all(b), 1)
		}
	})
}

// A verifier without a network is given a bundle.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	signer := personas.New("operator")
	issuer, _ := revocation.NewIssuer(signer, "https://status.example/lists", revocation.IssuerOptions{})
	_, _ = issuer.Allocate(ctx, time.Time{}, revocation.Revocation)
	lists, _ := issuer.Publish(ctx, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))

	trust := bundlefile.Trust{Signers: []did.DID{signer.DID()}}
	fmt.Println(bundlefile.Write(ctx, filepath.Join(dir, "lists.json"), lists, trust))

	carried, err := bundlefile.Read(filepath.Join(dir, "lists.json"))
	fmt.Println(err)
	for _, info := range bundlefile.Inspect(ctx, carried, trust) {
		fmt.Println(info.Purposes, info.ValidFrom.Format(time.RFC3339), info.Entries, "entries,", info.Set, "set")
	}
	// Output:
	// <nil>
	// <nil>
	// [revocation] 2026-11-24T12:00:00Z 131072 entries, 0 set
}
