// Package self describes the running program for an agent manifest: what the Go
// toolchain wrote into it, and the digest of its executable. It reads a file, which
// package attest does not.
//
// It is for whoever states reference values: a build, an attester that starts
// agents. What an agent says of itself with it is worth nothing against that agent.
package self

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/taperid/taper/delegation/attest"
)

// running is the executable of this process on Linux, whatever stands in its place
// on the disk by now.
const running = "/proc/self/exe"

// Code describes the program that calls it.
func Code() (attest.Code, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return attest.Code{}, errors.New("self: the program was built without build information")
	}
	digest, err := executable()
	if err != nil {
		return attest.Code{}, fmt.Errorf("self: %w", err)
	}
	c := attest.FromBuild(info)
	c.Executable = digest
	return c, nil
}

func executable() (string, error) {
	digest, err := File(running)
	if err == nil {
		return digest, nil
	}
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	return File(path)
}

// File returns the digest of a file, such as the executable of an agent that an
// attester is about to start.
func File(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	digest, err := attest.DigestReader(f)
	return digest, errors.Join(err, f.Close())
}
