// The files of scripts/ that travel inside the binary: the prelude as compiled chunks, the
// microblog and the templates of `moonbase new` as text.
//
// The implementation is generated at build time (scripts/dev/embed.py); bindings/CMakeLists.txt
// lists the files. The bytes have static storage and never change: any thread may read them.
// Nothing here throws.
#pragma once

#include <span>
#include <string_view>

namespace moonbase::bindings {

/// One embedded file.
struct EmbeddedFile {
  std::string_view path;  ///< Relative to scripts/, with forward slashes: "prelude/model.lua".
  /// A compiled chunk of Lua for "prelude/…", the bytes of the file for the others. A NUL that is
  /// not part of the view follows in memory.
  std::string_view content;
};

/// All embedded files, sorted by path.
std::span<const EmbeddedFile> embedded_files();

}  // namespace moonbase::bindings
