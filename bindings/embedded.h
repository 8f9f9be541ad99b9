// The text files of scripts/ that travel inside the binary: the prelude, the microblog, the
// templates of `moonbase new`.
//
// The implementation is generated at build time (scripts/dev/embed.py); bindings/CMakeLists.txt
// lists the files. The texts have static storage and never change: any thread may read them.
// Nothing here throws.
#pragma once

#include <span>
#include <string_view>

namespace moonbase::bindings {

/// One embedded file.
struct EmbeddedFile {
  std::string_view path;  ///< Relative to scripts/, with forward slashes: "prelude/model.lua".
  std::string_view
      text;  ///< The bytes of the file, followed in memory by a NUL that is not part of the view.
};

/// All embedded files, sorted by path.
std::span<const EmbeddedFile> embedded_files();

}  // namespace moonbase::bindings
