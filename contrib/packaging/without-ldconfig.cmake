# Runs on the finished packages. CPack gives every package that has a shared object scripts that run
# ldconfig, and has no setting against it. Debian's loader has a trigger for that, which the
# library's package activates; a plugin of collectd's is none of the loader's.
foreach(package IN LISTS CPACK_PACKAGE_FILES)
    set(folder ${package}.unpacked)
    set(script ${folder}/DEBIAN/postinst)
    execute_process(COMMAND dpkg-deb --raw-extract ${package} ${folder} COMMAND_ERROR_IS_FATAL ANY)
    set(text "")
    if(EXISTS ${script})
        file(READ ${script} text)
    endif()
    if(text MATCHES "ldconfig")
        file(REMOVE ${script} ${folder}/DEBIAN/postrm)
        execute_process(COMMAND dpkg-deb --root-owner-group --build ${folder} ${package}
            OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
    endif()
    file(REMOVE_RECURSE ${folder})
endforeach()
