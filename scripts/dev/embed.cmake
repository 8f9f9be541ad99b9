# moonbase_embed(<target> <name> <files>...)
#
# Compiles files into <target>: writes embedded_<name>.cc, which defines
# bindings::embedded_<name>() as declared in bindings/embedded.h. The paths are relative to
# scripts/. A changed file is embedded anew at the next build.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(moonbase_embed target name)
  set(script ${PROJECT_SOURCE_DIR}/scripts/dev/embed.py)
  set(output ${PROJECT_BINARY_DIR}/generated/embedded_${name}.cc)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${Python3_EXECUTABLE} ${script} --root ${PROJECT_SOURCE_DIR}/scripts --name ${name}
            --precompile $<TARGET_FILE:precompile> --output ${output} ${ARGN}
    # The list of files is in the build rule itself, so that a removed file runs the command, too.
    DEPENDS ${script} precompile ${ARGN}
    COMMENT "Embedding scripts"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
