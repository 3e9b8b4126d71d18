// Package bundlefile keeps the status lists of a verifier without a network on
// disk: as one file, or as a folder with a file for each list.
//
// Only lists that verify are written, so that a bundle which was carried into a
// closed network has no surprise in it. Whoever uses one verifies them again. A
// bundle promises no more than its lists: each is good until it is older than the
// verifier allows, counted from when it was signed, so a bundle is refreshed as
// often as that, or the verifier refuses.
package bundlefile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
)

// ErrBundle is returned for a file or folder that is not a bundle.
var ErrBundle = errors.New("bundlefile: not a bundle")

const (
	suffix   = ".list" // of a list in a folder
	maxLists = 4096
	maxFile  = 1 << 20
	maxAll   = 64 << 20 // of the lists of a folder; as much as a file may have
)

// Read reads a bundle, a file or a folder.
func Read(path string) (*revocation.Bundle, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("bundlefile: %w", err)
	}
	if info.IsDir() {
		return readFolder(path)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for who writes into it
		return nil, fmt.Errorf("%w: %s is neither a file nor a folder", ErrBundle, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("bundlefile: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	b, err := revocation.ReadBundle(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBundle, path, err)
	}
	return b, nil
}

// readFolder reads a folder. The name of a file is a hash of the URL of its list,
// which its first line states; files of other names are not looked at.
func readFolder(path string) (*revocation.Bundle, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("bundlefile: %w", err)
	}
	b, n, size := revocation.NewBundle(), 0, 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		if n++; n > maxLists {
			return nil, fmt.Errorf("%w: more than %d lists in %s", ErrBundle, maxLists, path)
		}
		url, list, err := readList(filepath.Join(path, e.Name()))
		if size += len(list); size > maxAll {
			return nil, fmt.Errorf("%w: lists of more than %d bytes in %s", ErrBundle, maxAll, path)
		}
		if err == nil && e.Name() != nameOf(url) {
			err = fmt.Errorf("%w: it has a list of %.120q", ErrBundle, url)
		}
		if err == nil {
			err = b.Add(url, list)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
	}
	return b, nil
}

func readList(path string) (url string, list []byte, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", nil, fmt.Errorf("bundlefile: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile+4096 {
		return "", nil, fmt.Errorf("%w: no file, or one of %d bytes", ErrBundle, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", nil, fmt.Errorf("bundlefile: %w", err)
	}
	line, list, ok := bytes.Cut(data, []byte("\n"))
	if !ok {
		return "", nil, fmt.Errorf("%w: want the URL of the list on a line, and the list", ErrBundle)
	}
	return string(line), list, nil
}

// nameOf is the name of the file of a list.
func nameOf(url string) string {
	sum := sha256.Sum256([]byte(url))
	return hex.EncodeToString(sum[:16]) + suffix
}

// Trust says whose lists go into a bundle. The zero Trust trusts nobody.
type Trust struct {
	Signers  []did.DID
	Resolver did.Resolver // of signers other than did:key; nil: none
}

// Write writes a bundle, in the place of what is there: each file is replaced in one
// step, so a reader finds lists of before or of now, and never half of one. A path
// that is a folder, or ends in a separator, becomes a folder. Lists that do not
// verify, by somebody trusted and for their URL, are an error, and nothing is
// written.
func Write(ctx context.Context, path string, b *revocation.Bundle, trust Trust) error {
	for url, list := range b.All() {
		if err := trust.check(ctx, url, list); err != nil {
			return err
		}
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir() || strings.HasSuffix(path, string(filepath.Separator)):
		return writeFolder(path, b)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("bundlefile: %w", err)
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		return err
	}
	return replace(path, out.Bytes())
}

func (t Trust) check(ctx context.Context, url string, list []byte) error {
	l, err := revocation.VerifyList(ctx, list, t.Signers, t.Resolver)
	if err != nil {
		return fmt.Errorf("bundlefile: %s: %w", url, err)
	}
	if l.URL() != url {
		return fmt.Errorf("bundlefile: %s: %w: it is the list %.120q", url, revocation.ErrURL, l.URL())
	}
	return nil
}

// writeFolder writes the lists first and then removes those that are no more.
func writeFolder(path string, b *revocation.Bundle) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("bundlefile: %w", err)
	}
	var names []string
	for url, list := range b.All() {
		name := nameOf(url)
		names = append(names, name)
		if err := replace(filepath.Join(path, name), slices.Concat([]byte(url), []byte("\n"), list)); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("bundlefile: %w", err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) && !slices.Contains(names, e.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(path, e.Name())))
		}
	}
	return err
}

// replace puts a file in the place of another, in one step that lasts.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".bundle-")
	if err != nil {
		return fmt.Errorf("bundlefile: %w", err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("bundlefile: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes what was renamed in a folder last.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("bundlefile: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("bundlefile: %w", err)
	}
	return nil
}

// Refresh asks source, a statushttp.Fetcher for example, for every list of a bundle
// and for those at urls, and returns a bundle with whichever is newer, the list that
// there was or the one that came. The error says which could not be had, or do not
// verify; beside it the bundle has the others as they are.
func Refresh(ctx context.Context, b *revocation.Bundle, source revocation.Source, trust Trust, urls ...string) (*revocation.Bundle, error) {
	have := make(map[string][]byte)
	urls = slices.Clone(urls) // the caller's stay as they are
	for url, list := range b.All() {
		have[url] = list
		urls = append(urls, url)
	}
	slices.Sort(urls)
	out := revocation.NewBundle()
	var errs []error
	for _, url := range slices.Compact(urls) {
		list, err := trust.newer(ctx, source, url, have[url])
		errs = append(errs, err)
		if errors.Is(err, revocation.ErrRetired) {
			continue
		}
		if list != nil {
			errs = append(errs, out.Add(url, list))
		}
	}
	return out, errors.Join(errs...)
}

// newer returns the newer one of a list that is had and the one of the source.
func (t Trust) newer(ctx context.Context, source revocation.Source, url string, had []byte) ([]byte, error) {
	got, err := source.List(ctx, url)
	if err != nil {
		return had, fmt.Errorf("bundlefile: %s: %w", url, err)
	}
	if err := t.check(ctx, url, got); err != nil {
		return had, err
	}
	if had == nil {
		return got, nil
	}
	old, err := revocation.VerifyList(ctx, had, t.Signers, t.Resolver)
	if err != nil {
		return got, nil //nolint:nilerr // what there was is no good, and what came is
	}
	now, err := revocation.VerifyList(ctx, got, t.Signers, t.Resolver)
	if err != nil {
		return had, err
	}
	if now.ValidFrom().Before(old.ValidFrom()) {
		return had, nil
	}
	return got, nil
}

// Info says what is in a bundle about one list. Err is why it does not verify; the
// rest is empty then.
type Info struct {
	URL                   string
	Err                   error
	Signer                did.DID
	Format                revocation.Format
	Purposes              []string
	ValidFrom, ValidUntil time.Time
	Entries, Bits, Set    int // how many, of how many bits, and how many are not 0
	Digest                string
}

// Inspect verifies every list of a bundle and says what it is, in the order of their
// URLs. Whether one is too old is for the reader of ValidFrom to judge.
func Inspect(ctx context.Context, b *revocation.Bundle, trust Trust) (infos []Info) {
	for url, list := range b.All() {
		info := Info{URL: url}
		l, err := revocation.VerifyList(ctx, list, trust.Signers, trust.Resolver)
		if err == nil && l.URL() != url {
			err = fmt.Errorf("%w: it is the list %.120q", revocation.ErrURL, l.URL())
		}
		if err != nil {
			info.Err = err
			infos = append(infos, info)
			continue
		}
		bits := l.Bits()
		info = Info{
			URL: url, Signer: l.Signer(), Format: l.Format(), Purposes: l.Purposes(),
			ValidFrom: l.ValidFrom(), ValidUntil: l.ValidUntil(),
			Entries: bits.Len(), Bits: bits.Size(), Digest: l.Digest(),
		}
		for i := range uint64(bits.Len()) {
			if v, err := bits.At(i); err == nil && v != 0 {
				info.Set++
			}
		}
		infos = append(infos, info)
	}
	return infos
}
