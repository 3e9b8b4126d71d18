package attest

import (
	"crypto/sha256"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/taperid/taper/internal/multikey"
)

// FromBuild returns what the Go toolchain wrote into a program about its source:
// the main module, its version, and the revision, with "+modified" where the tree
// was changed since, so that the revision does not say what the code is. It is what
// the program was told when it was built; Executable is empty.
func FromBuild(info *debug.BuildInfo) Code {
	if info == nil {
		return Code{}
	}
	c := Code{Module: info.Main.Path, Version: info.Main.Version}
	if c.Module == "" {
		c.Module = info.Path
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			c.Revision = s.Value + c.Revision
		case s.Key == "vcs.modified" && s.Value == "true":
			c.Revision += "+modified"
		}
	}
	return c
}

// DigestReader returns the Digest of all that r has, such as an executable.
func DigestReader(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", fmt.Errorf("attest: %w", err)
	}
	return multikey.EncodeDigest([sha256.Size]byte(h.Sum(nil))), nil
}
