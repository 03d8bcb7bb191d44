// Verifies tile exports (C2SP tlog-tiles) with Go's own sumdb packages, which trust nothing of jurat.
//
//	tileverify VKEY DIRECTORY...
//
// prints a line for each directory: "ok N", or "rejected" and why.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type files struct{ root string }

func (f files) Height() int { return height }

// c2sp drops the height from the path of a tile, and nothing else.
func (f files) path(t tlog.Tile) string {
	return filepath.Join(f.root, "tile", strings.TrimPrefix(t.Path(), "tile/8/"))
}

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(f.path(t))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

func tree(root, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	data, err := os.ReadFile(filepath.Join(root, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, fmt.Errorf("size %q", lines[1])
	}
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(hash) != tlog.HashSize {
		return tlog.Tree{}, fmt.Errorf("root %q", lines[2])
	}
	found := tlog.Tree{N: size}
	copy(found.Hash[:], hash)
	return found, nil
}

func bundle(f files, n, size int64) ([][]byte, error) {
	width := size - n*256
	if width > 256 {
		width = 256
	}
	t := tlog.Tile{H: height, L: -1, N: n, W: int(width)}
	path := strings.TrimPrefix(t.Path(), "tile/8/data/")
	data, err := os.ReadFile(filepath.Join(f.root, "tile", "entries", path))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(data[0])<<8+int(data[1]) {
			return nil, fmt.Errorf("bundle %d ends within an entry", n)
		}
		end := 2 + int(data[0])<<8 + int(data[1])
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if int64(len(entries)) != width {
		return nil, fmt.Errorf("bundle %d holds %d entries, not %d", n, len(entries), width)
	}
	return entries, nil
}

func verify(root, vkey string) (int64, error) {
	f := files{root}
	t, err := tree(root, vkey)
	if err != nil {
		return 0, err
	}
	reader := tlog.TileHashReader(t, f) // authenticates every tile it reads
	for n := int64(0); n*256 < t.N; n++ {
		entries, err := bundle(f, n, t.N)
		if err != nil {
			return 0, err
		}
		var indexes []int64
		for i := range entries {
			indexes = append(indexes, tlog.StoredHashIndex(0, n*256+int64(i)))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return 0, err
		}
		for i, entry := range entries {
			if hashes[i] != tlog.RecordHash(entry) {
				return 0, fmt.Errorf("entry %d is not that of the tree", n*256+int64(i))
			}
		}
		last := n*256 + int64(len(entries)) - 1
		proof, err := tlog.ProveRecord(t.N, last, reader)
		if err != nil {
			return 0, err
		}
		err = tlog.CheckRecord(proof, t.N, t.Hash, last, tlog.RecordHash(entries[len(entries)-1]))
		if err != nil {
			return 0, err
		}
	}
	return t.N, nil
}

func main() {
	for _, root := range os.Args[2:] {
		size, err := verify(root, os.Args[1])
		if err != nil {
			fmt.Printf("rejected %v\n", err)
		} else {
			fmt.Printf("ok %d\n", size)
		}
	}
}
